import type { Box, Entry } from './entry';

type Row = { key: string; entry: Entry; photo: Blob };

const NAME = 'lesionlens';
const STORE = 'outbox';

/** One row of the browser's own database for each photo, with its bytes. */
export const box: Box = {
  list: async () => {
    const rows = await run<Row[]>('readonly', (store) => store.getAll());
    return rows.map((row) => row.entry).sort((one, other) => one.at - other.at);
  },
  add: async (entry, photo) => {
    if (!photo.blob) throw new TypeError('a photo without its bytes');
    await put({ key: entry.key, entry, photo: photo.blob });
  },
  update: async (entry) => {
    const row = await find(entry.key);
    if (row) await put({ ...row, entry });
  },
  photo: async (key) => {
    const row = await find(key);
    if (!row) throw new RangeError('no such photo');
    return { uri: '', blob: row.photo };
  },
  remove: async (key) => {
    await run('readwrite', (store) => store.delete(key));
  },
};

const put = (row: Row) => run('readwrite', (store) => store.put(row));
const find = (key: string) => run<Row | undefined>('readonly', (store) => store.get(key));

/** Does one thing in one transaction, and returns when that is on disk. */
async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result as T);
      transaction.onabort = () => reject(transaction.error ?? new Error('the browser keeps nothing'));
    });
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser keeps nothing'));
  });
}
