import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const EVERY_MS = 120;
/** Of the build itself: the library would else fetch it from a server of others. */
const WASM = new URL("zxing-wasm/reader/zxing_reader.wasm", import.meta.url).href;
/** More pixels take longer and find no more. */
const LONGEST_SIDE = 960;

prepareZXingModule({ overrides: { locateFile: (file: string, prefix: string) => (file.endsWith(".wasm") ? WASM : prefix + file) } });

/** The camera that looks away from the person, where there is one. Rejects with a `DOMException` where it is refused or missing. */
export function openCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
}

/** Resolves with the first text of a code that `accept` takes; undefined when `signal` is aborted. */
export async function scan(video: HTMLVideoElement, accept: (text: string) => string | undefined, signal: AbortSignal) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  while (context && !signal.aborted) {
    const image = frameOf(video, canvas, context);
    if (image) {
      const codes = await readBarcodes(image, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 4 });
      const found = codes.map(({ text }) => accept(text)).find((text) => text !== undefined);
      if (found !== undefined) return found;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  return undefined;
}

function frameOf(video: HTMLVideoElement, canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): ImageData | undefined {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || videoHeight === 0) return undefined;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(videoWidth, videoHeight));
  canvas.width = Math.round(videoWidth * scale);
  canvas.height = Math.round(videoHeight * scale);
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
