"""The lint's checks, one subject each. Every check is a function from a playbook to its findings."""
