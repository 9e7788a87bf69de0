import { z } from "zod";
import { bridgeRow, memberRow, networkRow } from "./bridges.ts";
import { chatRow } from "./chats.ts";
import { facts, label, linkFacts, trust } from "./common.ts";
import { deviceRow, linkEvent } from "./device.ts";
import { fileRow } from "./file-row.ts";
import { message, messageState, watchEvent } from "./messages.ts";
import { type Method, methods } from "./methods.ts";
import { outboxRow } from "./outbox.ts";
import { checkRow } from "./status.ts";

const DESCRIPTION =
  "The device API of Homeport: JSON-RPC 2.0 with parameters by name, one message a line on the daemon's unix socket. " +
  "Batches are refused. Errors carry a stable code in `error.data.code`. A stream sends notifications " +
  '`{method: "event", params: {subscription, event}}`, `subscription` being the id of the call, until the call is answered; the ' +
  'notification `{method: "cancel", params: {id}}` ends a call.';

const NAMED = {
  bridgeRow,
  chatRow,
  checkRow,
  deviceRow,
  facts,
  fileRow,
  label,
  linkEvent,
  linkFacts,
  memberRow,
  message,
  messageState,
  networkRow,
  outboxRow,
  trust,
  watchEvent,
};

const uri = (name: string): string => `#/components/schemas/${name}`;

/** The OpenRPC 1.3 document (https://spec.open-rpc.org) of `methods`. The same for the same version, byte by byte. */
export function openrpcDocument(version: string): object {
  return {
    openrpc: "1.3.2",
    info: { title: "Homeport device API", version, description: DESCRIPTION },
    methods: Object.entries<Method>(methods).map(([name, method]) => describe(name, method)),
    components: { schemas: schemas() },
  };
}

function describe(name: string, method: Method): object {
  const params = withoutMeta(z.toJSONSchema(method.params, { io: "input" })) as ObjectSchema;
  const required = params.required ?? [];
  return {
    name,
    summary: method.summary,
    paramStructure: "by-name",
    params: Object.entries(params.properties ?? {}).map(([key, schema]) => ({ name: key, required: required.includes(key), schema })),
    result: { name: "result", schema: { $ref: uri(`${name}.result`) } },
    ...(method.event === undefined ? {} : { "x-event": { $ref: uri(`${name}.event`) } }),
  };
}

interface ObjectSchema {
  properties?: Record<string, object>;
  required?: string[];
}

/** Answers and events, with what they share under names of its own. */
function schemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries<z.ZodType>(NAMED)) registry.add(schema, { id: name });
  const aliases: Record<string, object> = {};
  for (const [name, method] of Object.entries<Method>(methods)) {
    giveName(registry, aliases, `${name}.result`, method.result);
    if (method.event !== undefined) giveName(registry, aliases, `${name}.event`, method.event);
  }
  const made = z.toJSONSchema(registry, { uri, io: "input" }).schemas;
  const all = { ...Object.fromEntries(Object.entries(made).map(([name, schema]) => [name, withoutMeta(schema)])), ...aliases };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A schema has one name in a registry: a second one becomes a reference to the first. */
function giveName(registry: z.core.$ZodRegistry<{ id: string }>, aliases: Record<string, object>, name: string, schema: z.ZodType): void {
  const known = registry.get(schema)?.id;
  if (known === undefined) registry.add(schema, { id: name });
  else aliases[name] = { $ref: uri(known) };
}

function withoutMeta(schema: object): object {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema" && key !== "$id"));
}
