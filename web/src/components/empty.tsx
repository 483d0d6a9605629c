/** There is nothing to show, and that is no failure. */
import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface EmptyProps {
  readonly title: string
  readonly explanation?: string
  /** What one could do now. */
  readonly children?: ReactNode
}

export function Empty({ title, explanation, children }: EmptyProps) {
  return (
    <Stack align="center" gap={4} py="xl" px="md" ta="center">
      <Text fw={600}>{title}</Text>
      {explanation && (
        <Text size="sm" c="dimmed" maw="28rem">
          {explanation}
        </Text>
      )}
      {children}
    </Stack>
  )
}
