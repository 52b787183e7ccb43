"""The notifier: tells clinics' systems what happened, by signed webhooks."""
