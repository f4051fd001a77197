"""What comes back by mail, read: headers and parts, reports, complaints, words of machines. Decides nothing."""
