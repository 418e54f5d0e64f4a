"""Reading XLSForms and walking through them; no Django, no clock."""
