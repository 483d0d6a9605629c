import { defineConfig } from 'vitest/config'

const SURVIVAL = 'test/survival/**/*.test.ts'

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: [
            'src/**/*.test.ts',
            'test/**/*.test.ts',
            'bench/**/*.test.ts',
            'web/**/*.test.ts',
          ],
          exclude: [SURVIVAL],
          maxWorkers: 2,
        },
      },
      {
        // One after the other, and when all else is done: some of them compare times.
        extends: true,
        test: {
          name: 'survival',
          include: [SURVIVAL],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
