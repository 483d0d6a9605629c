/** The form of the settings. */
import { Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useReducer, useState } from 'react'
import {
  changeStoreConfig,
  readStoreConfig,
  STORE_CONFIG_KEY,
  type StoreConfig,
  type StoreConfigChange,
} from '../../../api/store-config.ts'
import { useWrite } from '../../../api/use-write.ts'
import { Failure } from '../../../components/failure.tsx'
import { useFormats } from '../../../i18n/use-formats.ts'
import { useText } from '../../../i18n/use-text.ts'
import { useMay } from '../../../session/session.ts'
import { Contested } from './contested.tsx'
import { changedIn, type Draft, draftAfter, newDraft } from './draft.ts'
import classes from './editor.module.css'
import { LeaveGuard } from './leave-guard.tsx'
import { SaveBar } from './save-bar.tsx'
import { Sections } from './sections.tsx'
import { changeOf, type Field, faultOf, type Typed, typedOf } from './typed.ts'

export function Editor({ config }: { config: StoreConfig }) {
  const t = useText()
  const may = useMay()
  const formats = useFormats()
  const [draft, dispatch] = useReducer(draftAfter, typedOf(config, formats), newDraft)
  const [areFaultsShown, showFaults] = useState(false)
  useEffect(() => dispatch({ kind: 'learn', base: typedOf(config, formats) }), [config, formats])

  const saved = (fresh: StoreConfig, sent: Typed): void => {
    dispatch({ kind: 'saved', base: typedOf(fresh, formats), sent })
    showFaults(false)
    notifications.show({ message: t('config.saved'), color: 'teal' })
  }
  const { save, isPending, error } = useSave(
    draft,
    (base) => dispatch({ kind: 'learn', base }),
    saved,
  )

  const mayEdit = may('Edit Configuration')
  const changed = changedIn(draft)
  const faulty = changed.filter((field) => faultOf(field, draft.values, formats) !== undefined)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    showFaults(faulty.length > 0)
    if (faulty.length === 0 && changed.length > 0 && !isPending) save()
  }
  const change = (next: Partial<Typed>): void => dispatch({ kind: 'type', change: next })
  return (
    <form onSubmit={submit} noValidate className={classes.form}>
      {!mayEdit && <Text size="sm">{t('config.readOnly')}</Text>}
      <fieldset disabled={!mayEdit} className={classes.fields}>
        <Sections
          values={draft.values}
          faulty={new Set<Field>(areFaultsShown ? faulty : [])}
          onChange={change}
        />
      </fieldset>
      {changed.length > 0 && (
        <div className={classes.foot}>
          {draft.contested.length > 0 && <Contested draft={draft} />}
          {error && <Failure error={error} />}
          <SaveBar
            count={changed.length}
            isSaving={isPending}
            onDiscard={() => dispatch({ kind: 'reset', base: draft.base })}
          />
        </div>
      )}
      <LeaveGuard isDirty={changed.length > 0} />
    </form>
  )
}

interface Sending {
  readonly change: StoreConfigChange
  /** All fields as they stood when it was sent. */
  readonly sent: Typed
}

/** Looks first whether somebody else changed the same: then nothing is saved before that was seen. */
function useSave(
  draft: Draft,
  learn: (base: Typed) => void,
  onSaved: (config: StoreConfig, sent: Typed) => void,
) {
  const formats = useFormats()
  const queries = useQueryClient()
  const keep = (config: StoreConfig): void => {
    queries.setQueryData([STORE_CONFIG_KEY], config)
  }
  const writing = useWrite(({ change }: Sending, key: string) => changeStoreConfig(change, key), {
    onSuccess: (config, { sent }) => {
      onSaved(config, sent)
      keep(config)
    },
  })
  const looking = useMutation({
    mutationFn: () => readStoreConfig(),
    onSuccess: (config) => {
      keep(config)
      const base = typedOf(config, formats)
      const next = draftAfter(draft, { kind: 'learn', base })
      learn(base)
      const isNews = next.contested.some((field) => !isKnown(draft, field, base))
      const fields = changedIn(next)
      if (isNews || fields.length === 0) return
      // What is being read now would come in after the change and be older than it.
      void queries.cancelQueries({ queryKey: [STORE_CONFIG_KEY] })
      const change = changeOf(fields, next.values, formats)
      writing.mutate({ change, sent: next.values })
    },
  })
  return {
    save: () => looking.mutate(),
    isPending: looking.isPending || writing.isPending,
    error: looking.error ?? writing.error,
  }
}

/** True where the person was told already that others changed the field, and to what. */
function isKnown(draft: Draft, field: Field, base: Typed): boolean {
  const isAsTold = JSON.stringify(draft.base[field]) === JSON.stringify(base[field])
  return draft.contested.includes(field) && isAsTold
}
