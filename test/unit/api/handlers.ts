import { HomeportError } from "../../../src/api/errors.ts";
import { type Handlers, type MethodName, methods } from "../../../src/api/methods.ts";

/** Every method refuses, but those that a test gives. */
export function handlersOf(given: Partial<Handlers>): Handlers {
  const refuse = async () => {
    throw new HomeportError("not-here", "This test has no such handler.");
  };
  const all = Object.fromEntries((Object.keys(methods) as MethodName[]).map((name) => [name, refuse]));
  return { ...all, ...given } as Handlers;
}
