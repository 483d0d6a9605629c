/**
 * Flags of the Node that runs a server. Nearly all that a request makes is garbage when it is answered:
 * a young generation that holds some 200 ms of it copies little, and one thread does that faster than
 * several that wait for each other on cores that are busy. What a request makes lives until its commit,
 * often long enough for V8 to take it for something that stays and to make the next of its kind in the
 * old generation, where it dies and keeps all that it refers to: three times the garbage collection
 * (docs/performance.md has the figures). And where much passes through, as in bulk files, the old
 * generation is collected when it is half as large again as what lives, not four times as large.
 */
export const SERVER_FLAGS = [
  '--max-semi-space-size=24',
  '--no-parallel-scavenge',
  '--no-allocation-site-pretenuring',
  '--heap-growing-percent=50',
]
