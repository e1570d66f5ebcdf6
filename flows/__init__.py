"""What to say next: state, engine, definitions. Pure: `step(definitions, session, event) -> Turn`."""
