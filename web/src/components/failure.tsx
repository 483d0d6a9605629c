/** Says what went wrong, and offers to try again where that may help. */
import { Alert, Button, Text } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { useProblemText } from '../i18n/use-problem-text.ts'
import { useText } from '../i18n/use-text.ts'

interface FailureProps {
  readonly error?: unknown
  /** Words of the page's own, instead of those of the error. */
  readonly message?: string
  readonly onRetry?: () => void
}

export function Failure({ error, message, onRetry }: FailureProps) {
  const t = useText()
  const textOf = useProblemText()
  const told = message === undefined ? textOf(error) : { message }
  return (
    <Alert color="red" variant="outline" role="alert" icon={<IconAlertCircle aria-hidden="true" />}>
      <Text size="sm">{told.message}</Text>
      {'original' in told && told.original && (
        <Text size="sm" c="dimmed" lang="en" mt={4}>
          {told.original}
        </Text>
      )}
      {onRetry && (
        <Button variant="default" size="xs" mt="xs" onClick={onRetry}>
          {t('action.retry')}
        </Button>
      )}
    </Alert>
  )
}
