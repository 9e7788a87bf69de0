import type { ToPage, ToWorker } from "../connection/rtc-wire.ts";

/** Bytes on the way above which a sender waits. */
const LOW_WATER = 64 * 1024;

let port: MessagePort | undefined;
let numbered = 0;
const connections = new Map<number, PageConnection>();

/** From here on this worker has an `RTCPeerConnection`, which lives on the page behind `given`. */
export function usePageConnections(given: MessagePort): void {
  port = given;
  given.onmessage = ({ data }: MessageEvent<ToWorker>) => connections.get(data.pc)?.receive(data);
  Object.assign(globalThis, { RTCPeerConnection: PageConnection });
}

export const hasPageConnections = (): boolean => port !== undefined;

function say(message: ToPage, transfer: Transferable[] = []): void {
  port?.postMessage(message, transfer);
}

type Answer = PromiseWithResolvers<RTCSessionDescriptionInit | undefined>;

/** As much of https://www.w3.org/TR/webrtc/#interface-definition as libp2p's webrtc-direct uses to dial. */
class PageConnection extends EventTarget {
  /** The page makes a certificate for each connection by itself. */
  static generateCertificate(): Promise<object> {
    return Promise.resolve({});
  }

  onconnectionstatechange: ((event: Event) => void) | null = null;
  ondatachannel: ((event: Event) => void) | null = null;
  connectionState: RTCPeerConnectionState = "new";
  localDescription: RTCSessionDescriptionInit | null = null;
  readonly #pc: number;
  readonly #channels = new Map<number, PageChannel>();
  readonly #calls = new Map<number, Answer>();
  #numbered = 0;

  constructor() {
    super();
    numbered += 1;
    this.#pc = numbered;
    connections.set(this.#pc, this);
    say({ do: "open", pc: this.#pc });
  }

  createDataChannel(label: string, init?: RTCDataChannelInit): PageChannel {
    const ch = ++this.#numbered;
    const channel = this.#channel(ch, label, "", init?.id ?? null);
    say({ do: "channel", pc: this.#pc, ch, label, init });
    return channel;
  }

  async createOffer(): Promise<RTCSessionDescriptionInit> {
    return (await this.#call("createOffer")) ?? { type: "offer", sdp: "" };
  }

  async setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await this.#call("setLocalDescription", description);
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await this.#call("setRemoteDescription", description);
  }

  close(): void {
    if (this.connectionState === "closed") return;
    say({ do: "close", pc: this.#pc });
    this.#end();
  }

  receive(message: ToWorker): void {
    switch (message.is) {
      case "result":
        this.#answer(message);
        return;
      case "state":
        if (message.local) this.localDescription = message.local;
        this.#become(message.state);
        return;
      case "channel":
        this.#tell("datachannel", { channel: this.#channel(message.ch, message.label, message.protocol, message.id) });
        return;
      default:
        this.#channels.get(message.ch)?.receive(message);
        if (message.is === "closed") this.#channels.delete(message.ch);
    }
  }

  #channel(ch: number, label: string, protocol: string, id: number | null): PageChannel {
    const channel = new PageChannel(this.#pc, ch, { label, protocol, id });
    this.#channels.set(ch, channel);
    return channel;
  }

  #call(name: (ToPage & { do: "call" })["name"], description?: RTCSessionDescriptionInit): Promise<RTCSessionDescriptionInit | undefined> {
    const call = ++this.#numbered;
    const answer: Answer = Promise.withResolvers();
    this.#calls.set(call, answer);
    say({
      do: "call",
      pc: this.#pc,
      call,
      name,
      ...(description ? { description: { type: description.type, sdp: description.sdp ?? "" } } : {}),
    });
    return answer.promise;
  }

  #answer({ call, description, error }: ToWorker & { is: "result" }): void {
    const answer = this.#calls.get(call);
    this.#calls.delete(call);
    if (error === undefined) answer?.resolve(description);
    else answer?.reject(new Error(error));
  }

  #become(state: RTCPeerConnectionState): void {
    if (state === this.connectionState || this.connectionState === "closed") return;
    if (state === "closed") this.#end();
    else this.#change(state);
  }

  #end(): void {
    connections.delete(this.#pc);
    for (const answer of this.#calls.values()) answer.reject(new Error("the connection was closed"));
    for (const channel of this.#channels.values()) channel.end();
    this.#change("closed");
  }

  #change(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.#tell("connectionstatechange", {});
  }

  #tell(type: "connectionstatechange" | "datachannel", fields: object): void {
    const event = Object.assign(new Event(type), fields);
    this[`on${type}`]?.(event);
    this.dispatchEvent(event);
  }
}

class PageChannel extends EventTarget {
  onopen: ((event: Event) => void) | null = null;
  onclose: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  onmessage: ((event: Event) => void) | null = null;
  onbufferedamountlow: ((event: Event) => void) | null = null;
  binaryType = "arraybuffer";
  bufferedAmountLowThreshold = 0;
  bufferedAmount = 0;
  readyState: RTCDataChannelState = "connecting";
  readonly label: string;
  readonly protocol: string;
  readonly id: number | null;
  readonly #pc: number;
  readonly #ch: number;
  #sent = 0;

  constructor(pc: number, ch: number, { label, protocol, id }: { label: string; protocol: string; id: number | null }) {
    super();
    this.#pc = pc;
    this.#ch = ch;
    this.label = label;
    this.protocol = protocol;
    this.id = id ?? ch;
  }

  send(data: Uint8Array): void {
    if (this.readyState !== "open") throw new DOMException("the channel is not open", "InvalidStateError");
    const copy = Uint8Array.from(data).buffer;
    this.#sent += copy.byteLength;
    this.bufferedAmount += copy.byteLength;
    say({ do: "send", pc: this.#pc, ch: this.#ch, data: copy }, [copy]);
  }

  close(): void {
    if (this.readyState === "closed" || this.readyState === "closing") return;
    this.readyState = "closing";
    say({ do: "close-channel", pc: this.#pc, ch: this.#ch });
  }

  receive(message: Extract<ToWorker, { ch: number }>): void {
    switch (message.is) {
      case "opened":
        if (this.readyState !== "connecting") return;
        this.readyState = "open";
        this.#tell("open");
        return;
      case "message":
        this.#tell("message", { data: message.data });
        return;
      case "low":
        this.#low(message.taken);
        return;
      case "failed":
        this.#tell("error", { error: new Error("the data channel failed") });
        return;
      default:
        this.end();
    }
  }

  end(): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.#tell("close");
  }

  #low(taken: number): void {
    const before = this.bufferedAmount;
    this.bufferedAmount = Math.max(0, this.#sent - taken);
    const mark = Math.max(this.bufferedAmountLowThreshold, LOW_WATER);
    if (before > 0 && this.bufferedAmount <= mark) this.#tell("bufferedamountlow");
  }

  #tell(type: "open" | "close" | "error" | "message" | "bufferedamountlow", fields: object = {}): void {
    const event = Object.assign(new Event(type), fields);
    this[`on${type}`]?.(event);
    this.dispatchEvent(event);
  }
}
