import type { SearchHit } from "../../api/search.ts";
import { clean } from "./clean.ts";
import { messageText } from "./message.ts";

/** The message as `read` shows it, behind the name of its conversation. */
export const hitText = ({ message, name }: SearchHit, colour: boolean): string =>
  `[${clean(name, "line")}]  ${messageText(message, colour)}`;
