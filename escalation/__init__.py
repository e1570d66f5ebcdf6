"""How urgent, who, when: triage, alert, on-call, policy, legal clocks. Pure: time is an argument."""
