// A page's worker: started, told what to load, and listened to.

export const OLD = 'This browser is too old for this page: use Chrome, Edge or Firefox of 2023 or later, or Safari 16.4.';

/** Starts a worker and has it load files, which are addresses below the app's, or contents; null in a browser that has none.
 * `heard(message)` gets what it says, `failed(sentence)` is called when it cannot go on. */
export function openWorker(data, script, { files, heard, failed }) {
  let worker;
  try {
    worker = data.demo?.worker() ?? new Worker(new URL(script, import.meta.url), { type: 'module' });
  } catch {
    failed(OLD);
    return null;
  }
  worker.onerror = () => failed(OLD);
  worker.onmessage = (event) => heard(event.data);
  const absolute = (path) => (typeof path === 'string' ? new URL(path, document.baseURI).href : path);
  const whole = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, absolute(file)]));
  worker.postMessage({ type: 'load', files: whole });
  return worker;
}
