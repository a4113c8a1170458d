/**
 * hls.js first wherever it can run, also where the browser says "maybe" to HLS of its own (Chromium does, and is
 * the worse player); the browser's own only where there is no media source at all.
 */

import Hls from "hls.js";
import type { MakeEngine } from "./engine";
import { HlsEngine } from "./hlsengine";
import { NativeEngine } from "./nativeengine";

export const bestEngine: MakeEngine = (video, listener) =>
  Hls.isSupported() ? new HlsEngine(video, listener) : new NativeEngine(video, listener);
