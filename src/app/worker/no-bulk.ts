import type { BulkPort } from "../../device/bulk-port.ts";
import { HomeportError } from "../../sync/errors.ts";

/** Pages of the app cannot hand whole files to the device yet, nor take them. */
export const noBulk: BulkPort = {
  receive: () => Promise.reject(unsupported()),
  send: () => Promise.reject(unsupported()),
};

function unsupported(): HomeportError {
  return new HomeportError("unsupported", "Files cannot be sent or saved in the browser yet. Do it on the home PC.");
}
