/** An engine whose refused requests are told apart: what plays may not be shown any more. */

import { bestEngine } from "./engines";
import type { MakeEngine } from "./engine";

export function engineThatTells(refused: () => void): MakeEngine {
  return (video, listener) =>
    bestEngine(video, {
      ready: () => listener.ready(),
      stalled: (what) => listener.stalled(what),
      nothingHere: (status) => {
        if (isRefusal(status)) refused();
        listener.nothingHere(status);
      },
      failed: (what, fatal) => {
        if (what.split(" · ").some((part) => isRefusal(Number(part)))) refused();
        listener.failed(what, fatal);
      },
    });
}

function isRefusal(status: number): boolean {
  return status === 401 || status === 403 || status === 404;
}
