// Where frames come from: a camera, drawn faces for those who have none or want none, or a photo. A source has width and height,
// draws its newest frame into a canvas, says when there is a new one, and can be ended.

const SENTENCES = {
  NotAllowedError: 'The camera was refused: allow it beside the address of this page, or stay with the drawn face.',
  NotFoundError: 'No camera was found: plug one in and start again, or stay with the drawn face.',
  NotReadableError: 'The camera is in use by another program or page: close it there and start again.',
  OverconstrainedError: 'This camera gives no picture of a usable size: choose another one.',
};

/** Opens a camera. Throws an Error with one sentence for the viewer. `lost` is called when the camera goes away by itself. */
export async function openCamera({ device, facing, lost }) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
    throw new Error(location.protocol === 'file:'
      ? 'This browser gives no camera to a page from the disk: open it in Chrome, Edge or Firefox, or take a photo.'
      : 'A browser gives its camera only to pages over HTTPS, and on this computer itself: docs/serving.md says how.');
  }
  const size = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
  const which = device ? { deviceId: { exact: device } } : { facingMode: facing };
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { ...size, ...which }, audio: false });
  } catch (error) {
    throw new Error(SENTENCES[error.name] ?? `The camera does not start (${error.name}): try again, or stay with the drawn face.`);
  }
  const video = document.createElement('video');
  Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
  const track = stream.getVideoTracks()[0];
  track.addEventListener('ended', lost);
  await video.play().catch(() => {});
  let running = true;
  return {
    get width() { return video.videoWidth; },
    get height() { return video.videoHeight; },
    device: track.getSettings().deviceId,
    draw: (context, width, height) => context.drawImage(video, 0, 0, width, height),
    onFrame(call) {
      const again = () => {
        if (!running) return;
        if (video.videoWidth) call();
        wait();
      };
      const wait = () => (video.requestVideoFrameCallback ? video.requestVideoFrameCallback(again) : requestAnimationFrame(again));
      wait();
    },
    end() {
      running = false;
      track.removeEventListener('ended', lost);
      stream.getTracks().forEach((each) => each.stop());
      video.srcObject = null;
    },
  };
}

/** A photo from a file: one frame, which stays. Throws an Error with one sentence for the viewer. */
export async function openPhoto(file) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error('This file is not a picture that your browser can read: take a JPEG, PNG or WebP.');
  }
  return {
    width: picture.width,
    height: picture.height,
    still: true,
    draw: (context, width, height) => context.drawImage(picture, 0, 0, width, height),
    onFrame: (call) => call(),
    end: () => picture.close(),
  };
}

/** The cameras of this device, once one of them was allowed: their ids. */
export async function cameras() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.filter((device) => device.kind === 'videoinput').map((device) => device.deviceId);
}

const STEP_SECONDS = 0.7, FRAME_SECONDS = 1 / 30, FIRST_STEP = 1.5;

/** What is behind a drawn face: each person has a room of their own. */
const ROOMS = ['#606060', '#9a9a9a', '#3a3a3a'];

/** Drawn faces that move and change their expression: `people` of them, from the sheets of `fer_core/lesson/drawn_people.py`; or
 * one, of a number, that moves between some poses alone. */
export function openDrawing({ sheets, tile, across, poses }, people, one = null) {
  const picture = (address) => Object.assign(new Image(), { src: new URL(address, import.meta.url).href });
  const first = one?.person ?? 0;
  const pictures = sheets.slice(first, first + people).map(picture);
  const [width, height] = [640, 480];
  const order = one ? [...one.poses, one.poses[0]] : [0];
  if (!one) for (let full = 2; full < poses; full += 2) order.push(full - 1, full, full, full - 1, 0);
  const start = performance.now();
  let running = true, last = -1;

  function lay(context, picture, place, seconds, scale) {
    const moment = (seconds / STEP_SECONDS + FIRST_STEP + 7 * place) % (order.length - 1);
    const from = Math.floor(moment), share = moment % 1;
    const side = people === 1 ? height * 1.3 : height * 0.85;
    const turn = seconds * 0.9 + place;
    context.save();
    context.scale(scale, scale);
    // The shoulders end below the picture.
    const middle = people === 1 ? 0.54 * height : height - 0.425 * side;
    context.translate((place + 0.5) * width / people + 0.045 * side * Math.sin(turn), middle + 0.02 * side * Math.cos(2 * turn));
    context.rotate(0.09 * Math.sin(turn));
    for (const [pose, strength] of [[order[from], 1], [order[from + 1], share]]) {
      context.globalAlpha = strength;
      const [x, y] = [(pose % across) * tile, Math.floor(pose / across) * tile];
      // A pixel less on each side: enlarged, it would hold some of the picture beside it on the sheet.
      context.drawImage(picture, x + 1, y + 1, tile - 2, tile - 2, -side / 2, -side / 2, side, side);
    }
    context.restore();
  }

  return {
    width,
    height,
    draw(context, wide) {
      const seconds = (performance.now() - start) / 1000;
      context.fillStyle = ROOMS[first % ROOMS.length];
      context.fillRect(0, 0, context.canvas.width, context.canvas.height);
      pictures.forEach((sheet, place) => sheet.complete && sheet.naturalWidth && lay(context, sheet, place, seconds, wide / width));
    },
    onFrame(call) {
      const again = (now) => {
        if (!running) return;
        // A little early, as screens do not show a new picture exactly every thirtieth of a second.
        if (now - last > 1000 * FRAME_SECONDS - 4) {
          last = now;
          call();
        }
        requestAnimationFrame(again);
      };
      requestAnimationFrame(again);
    },
    end() { running = false; },
  };
}
