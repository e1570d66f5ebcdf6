"""One file per provider: what it sends us, how we know it is them, what we send, what its errors mean."""
