import { useCallback, useEffect, useState } from "react";
import type { MethodName, Params, Result } from "../../../api/methods.ts";
import { useApp } from "../context.ts";

/** What a method answers, asked when the page opens and by `again`; undefined until then, and where it failed (the person was told). */
export function useCall<M extends MethodName>(method: M, params: Params<M>): { value: Result<M> | undefined; again(): Promise<void> } {
  const { store } = useApp();
  const [value, setValue] = useState<Result<M>>();
  const key = JSON.stringify(params);
  const again = useCallback(async () => {
    const answer = await store.attempt(() => store.client.call(method, JSON.parse(key) as Params<M>));
    if (answer !== undefined) setValue(answer);
  }, [store, method, key]);
  useEffect(() => void again(), [again]);
  return { value, again };
}
