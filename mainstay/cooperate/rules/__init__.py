"""What nodes ask of each other, as pure functions: requests for legal assistance, referrals."""
