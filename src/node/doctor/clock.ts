import type { CheckRow } from "../../api/status.ts";
import type { Device } from "../../sync/device.ts";
import type { ClockVerdict } from "../../sync/session/peer-clocks.ts";
import type { ClockWatch } from "./clock-watch.ts";

/** B3: what is further ahead of the clock waits until it is due. */
const AHEAD_MS = 5 * 60_000;
const FIX = "Have the clock set by the network (`timedatectl set-ntp true`), here and on your other devices.";

/** Against what other devices say that the time is, the time that went by since the start, and what other devices wrote. */
export function checkClock(device: Device, watch: ClockWatch, verdict: ClockVerdict | undefined): CheckRow {
  watch.look();
  if (verdict && Math.abs(verdict.ahead) > AHEAD_MS) return { check: "clock", ok: false, message: contradiction(verdict), fix: FIX };
  const ahead = device.sql.get<{ most: number | null }>(
    "select max(hlc_ms) as most from entry where shown = 0 and hlc_ms > ?",
    device.now() + AHEAD_MS,
  )?.most;
  if (ahead)
    return {
      check: "clock",
      ok: false,
      message: `Another device wrote ${durationOf(ahead - device.now())} ahead of this clock; what it wrote is shown when it is due.`,
      fix: FIX,
    };
  const { jump } = watch;
  if (jump && jump.by < 0)
    return { check: "clock", ok: false, message: `The clock was set back by ${durationOf(-jump.by)} while Homeport ran.`, fix: FIX };
  if (jump)
    return {
      check: "clock",
      ok: true,
      message: `The clock went forward by ${durationOf(jump.by)} at once: it was set, or the machine slept.`,
    };
  return { check: "clock", ok: true, message: "The clock runs evenly, and nobody wrote ahead of it." };
}

function contradiction({ ahead, peers, isOff }: ClockVerdict): string {
  const by = `${durationOf(Math.abs(ahead))} ${ahead > 0 ? "behind" : "ahead of"}`;
  if (isOff) return `This clock is ${by} those of your other devices; ${peers} were asked, and most agree.`;
  return `This clock is ${by} that of the one device that could be asked: one of the two is wrong.`;
}

function durationOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
