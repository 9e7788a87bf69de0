import { type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { linkIn } from "../../connection/link-in-address.ts";
import { Button } from "../common/button.tsx";
import { Actions, Dialog } from "../common/dialog.tsx";
import { Banner } from "../common/states.tsx";

interface ScannerProps {
  onFound(link: string): void;
  onClose(): void;
}

/** Looks for the code of another device through the camera. What it sees stays in this browser. */
export function Scanner({ onFound, onClose }: ScannerProps): ReactElement {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    const end = new AbortController();
    const failed = (error: unknown) => end.signal.aborted || setFailure(reasonOf(error));
    void look(video, end.signal).then((link) => link !== undefined && onFound(link), failed);
    return () => end.abort();
    // One look for the life of the dialog.
  }, []);
  return (
    <Dialog title={t("start.scan")} isOpen onClose={onClose}>
      {failure === undefined ? (
        <>
          <p>{t("start.scanHow")}</p>
          <video ref={video} className="viewfinder" muted playsInline aria-label={t("start.scanPicture")} />
        </>
      ) : (
        <Banner tone="warn" isAlert>
          <p>{t(`start.camera.${failure}`)}</p>
          <p>{t("start.scanElse")}</p>
        </Banner>
      )}
      <Actions>
        <Button onPress={onClose}>{t("cancel")}</Button>
      </Actions>
    </Dialog>
  );
}

async function look(video: { current: HTMLVideoElement | null }, signal: AbortSignal): Promise<string | undefined> {
  // The reader is half a megabyte, for the one time that it is needed.
  const { openCamera, scan } = await import("../../connection/scan-qr.ts");
  const stream = await openCamera();
  signal.addEventListener("abort", () => stop(stream));
  if (signal.aborted || !video.current) {
    stop(stream);
    return undefined;
  }
  video.current.srcObject = stream;
  await video.current.play();
  return scan(video.current, linkIn, signal);
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** By the names of https://w3c.github.io/mediacapture-main/#dom-mediadevices-getusermedia. */
function reasonOf(error: unknown): "refused" | "none" | "failed" {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "none" : "failed";
}
