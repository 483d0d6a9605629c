/** Every setting of the store. Others may be at it too: what they change comes in. */
import { useQuery } from '@tanstack/react-query'
import { readStoreConfig, STORE_CONFIG_KEY } from '../../../api/store-config.ts'
import { Failure } from '../../../components/failure.tsx'
import { Loading } from '../../../components/loading.tsx'
import { Editor } from './editor.tsx'

const LOOK_EVERY_MS = 15_000

export function StoreSettings() {
  const { data, error, refetch } = useQuery({
    queryKey: [STORE_CONFIG_KEY],
    queryFn: ({ signal }) => readStoreConfig(signal),
    refetchInterval: LOOK_EVERY_MS,
  })
  if (data) return <Editor config={data} />
  return error ? <Failure error={error} onRetry={() => void refetch()} /> : <Loading />
}
