"""What nobody else does because whoever should have is gone: lapsed leases, deadlines, leftovers, orphans."""
