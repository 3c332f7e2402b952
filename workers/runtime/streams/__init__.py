"""The host of many live streams: claims them, keeps up their leases, saves their state, and hands them over."""
