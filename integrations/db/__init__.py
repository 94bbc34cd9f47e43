"""The system of record: one SQL database behind `agent.ports.Store`."""
