/** The server with the flags of `npm start`: what it keeps in memory depends on them. */
import { fileURLToPath } from 'node:url'
import { SERVER_FLAGS } from '../../../scripts/node-flags.mjs'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

process.execve?.(process.execPath, [process.execPath, ...SERVER_FLAGS, MAIN, 'start'])
