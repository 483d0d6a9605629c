/** The last net: a fault that no page caught. */
import { Container } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { useText } from '../i18n/use-text.ts'
import { Failure } from './failure.tsx'

export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    return this.state.hasFailed ? <Fallen /> : this.props.children
  }
}

function Fallen() {
  const t = useText()
  return (
    <Container size="xs" py="xl">
      <Failure message={t('failure.pageText')} onRetry={() => location.reload()} />
    </Container>
  )
}
