/** Writes with an Idempotency-Key: pressing again after a break in the line does it once. */
import { type UseMutationResult, useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { newKey } from './client.ts'
import { isUndecided } from './problem.ts'

/**
 * A mutation whose `send` is given an Idempotency-Key. The key stays the same while the same input
 * is sent again after an answer that never came; any other request has a new one.
 */
export function useWrite<Input, Output>(
  send: (input: Input, key: string) => Promise<Output>,
  options: { onSuccess?: (output: Output, input: Input) => unknown } = {},
): UseMutationResult<Output, Error, Input> {
  const last = useRef<{ readonly text: string; readonly key: string }>(undefined)
  return useMutation({
    mutationFn: async (input: Input) => {
      const text = JSON.stringify(input)
      if (last.current?.text !== text) last.current = { text, key: newKey() }
      try {
        const output = await send(input, last.current.key)
        last.current = undefined
        return output
      } catch (error) {
        if (!isUndecided(error)) last.current = undefined
        throw error
      }
    },
    ...(options.onSuccess && { onSuccess: options.onSuccess }),
  })
}
