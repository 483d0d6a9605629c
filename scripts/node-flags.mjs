/**
 * Flags of the Node that runs a server. Nearly all that a request makes is garbage when it is answered:
 * a young generation that holds some 200 ms of it copies little, and one thread does that faster than
 * several that wait for each other on cores that are busy (docs/performance.md has the figures).
 */
export const SERVER_FLAGS = ['--max-semi-space-size=24', '--no-parallel-scavenge']
