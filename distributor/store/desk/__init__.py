"""What people decide and must know: acts, approvals, holds, stops, alerts."""
