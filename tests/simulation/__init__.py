"""The shipped ledger, flows and lanes on a virtual clock against a scripted world, all of it drawn from one seed."""
