export { type AccountState, type DeviceClass, type DeviceStanding, type DeviceState, standingOf } from "./state.ts";
