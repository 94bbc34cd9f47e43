"""The whole core in one process: the service, the machine, the engine and the store, on a clock that the test moves. People, news and faults are all
drawn from one number.
"""
