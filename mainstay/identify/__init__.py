"""Screening instruments, assessments and tips."""
