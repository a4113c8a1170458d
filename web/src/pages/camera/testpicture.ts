/** A picture and a tone made here, for trying the line where there is no camera. */

const width = 1280;
const height = 720;
const fps = 25;

/** A clock, and a bar that crosses the picture each second: whoever watches sees that it moves and how late it is. */
export function openTestPicture(): MediaStream {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  if (!pen) return new MediaStream();
  const paint = () => draw(pen, new Date());
  paint();
  const clock = setInterval(paint, 1000 / fps);
  const stream = canvas.captureStream(fps);
  for (const track of stream.getVideoTracks()) whenStopped(track, () => clearInterval(clock));
  return stream;
}

export function openTestTone(): MediaStream {
  const context = new AudioContext();
  const [tone, quiet, out] = [context.createOscillator(), context.createGain(), context.createMediaStreamDestination()];
  tone.frequency.value = 440;
  quiet.gain.value = 0.08;
  tone.connect(quiet).connect(out);
  tone.start();
  for (const track of out.stream.getAudioTracks()) whenStopped(track, () => void context.close());
  return out.stream;
}

/** `stop` fires no event at the one who calls it, so it is told here. */
function whenStopped(track: MediaStreamTrack, then: () => void): void {
  const stop = track.stop.bind(track);
  track.stop = () => {
    stop();
    then();
  };
}

const bars = ["#c9cfd3", "#c4b257", "#57b0b5", "#5fa370", "#a06a9c", "#b85b4d", "#4b66a8"];

function draw(pen: CanvasRenderingContext2D, now: Date): void {
  const second = now.getMilliseconds() / 1000;
  pen.fillStyle = "#10171e";
  pen.fillRect(0, 0, width, height);
  bars.forEach((colour, index) => {
    pen.fillStyle = colour;
    pen.fillRect((index * width) / bars.length, 0, Math.ceil(width / bars.length), height * 0.3);
  });
  pen.fillStyle = "#e9edf0";
  pen.textAlign = "center";
  pen.font = "600 150px system-ui, sans-serif";
  pen.fillText(clockOf(now), width / 2, height * 0.64);
  pen.fillStyle = "#5cc2c7";
  pen.fillRect(second * (width + 120) - 120, height * 0.78, 120, 24);
}

function clockOf(now: Date): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join(".");
}
