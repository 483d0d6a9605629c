/** The head of a page: its title, which the browser shows too, and what can be done here. */
import { Group, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { useText } from '../i18n/use-text.ts'

interface PageHeaderProps {
  readonly title: string
  /** Buttons. */
  readonly children?: ReactNode
}

/** False until the first page of the visit was shown: the browser places the focus there. */
let hasNavigated = false

export function PageHeader({ title, children }: PageHeaderProps) {
  const t = useText()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`
  }, [title, t])
  useEffect(() => {
    if (hasNavigated) heading.current?.focus()
    hasNavigated = true
  }, [])
  return (
    <Group justify="space-between" align="center" mb="sm" mih="2.25rem">
      <Title order={1} ref={heading} tabIndex={-1}>
        {title}
      </Title>
      <Group gap="xs">{children}</Group>
    </Group>
  )
}
