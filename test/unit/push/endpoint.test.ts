import { expect, test } from "vitest";
import { endpointUrl, isPublicAddress } from "../../../src/node/push/endpoint.ts";
import { post } from "../../../src/node/push/post.ts";

test.each([
  "https://fcm.googleapis.com/fcm/send/abc",
  "https://updates.push.services.mozilla.com:443/wpush/v2/abc",
  "https://web.push.apple.com/abc",
  "https://1.1.1.1/x",
])("a push service may be at %s", (text) => expect(endpointUrl(text, false)?.href).toBe(new URL(text).href));

test.each([
  "http://push.example.org/x",
  "https://user:password@push.example.org/x",
  "https://127.0.0.1/x",
  "https://2130706433/x",
  "https://0x7f.1/x",
  "https://192.168.1.1/admin",
  "https://169.254.169.254/latest/meta-data",
  "https://[::1]/x",
  "https://[::ffff:10.0.0.1]/x",
  "https://[fe80::1]/x",
  "https://[fd00::1]/x",
  "https://localhost/x",
  "https://printer.local/x",
  "https://router/x",
  "file:///etc/passwd",
  "no address",
])("nothing is sent to %s", (text) => expect(endpointUrl(text, false)).toBe(undefined));

test("names are judged by the address that they lead to", () => {
  expect(["8.8.8.8", "2606:4700::1111"].map(isPublicAddress)).toEqual([true, true]);
  expect(["10.1.2.3", "172.31.0.1", "100.64.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1", "ff02::1", "x"].some(isPublicAddress)).toBe(false);
});

test("a name that leads to this machine is not connected to", async () => {
  await expect(post(new URL("https://localhost:1/x"), {}, new Uint8Array(), false)).rejects.toThrow("no public address");
});
