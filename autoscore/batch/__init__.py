"""Many films: which ones, each in a process of its own, on any executor, with a ledger; series and watched folders."""
