"""How much work waits, how fast it goes, and who is at it. Counts for all clinics together, never a row of one."""
