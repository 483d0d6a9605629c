/**
 * Flags of the Node that runs a server. The young generation of the heap is kept small: at full load
 * its default takes 110 MB more memory and is no faster (docs/performance.md).
 */
export const SERVER_FLAGS = ['--max-semi-space-size=8']
