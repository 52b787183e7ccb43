import { imagePart } from './imagePart';

// The File of the device: what Expo's encoder asks of one is a name, a type and its bytes.
jest.mock('expo-file-system', () => ({
  File: class {
    name: string;
    type = 'image/jpeg';
    constructor(uri: string) {
      this.name = uri.split('/').pop() ?? '';
    }
    bytes() {
      return Promise.resolve(Uint8Array.from([0xff, 0xd8, 0xff]));
    }
  },
}));

const { installFormDataPatch } = jest.requireActual('expo/src/winter/FormData');
const { convertFormDataAsync } = jest.requireActual('expo/src/winter/fetch/convertFormData');
const NativeFormData = jest.requireActual('react-native/Libraries/Network/FormData').default;

/** A form as a phone has it: React Native's, with Expo's additions. */
const form = () => new (installFormDataPatch(NativeFormData))();

async function encoded(filled: FormData): Promise<string> {
  const { body } = await convertFormDataAsync(filled, 'edge');
  return Buffer.from(body).toString('latin1');
}

it('becomes a file part that the server can read', async () => {
  const filled = form();
  filled.append('image', imagePart({ uri: 'file:///documents/outbox/k1/photo' }));
  filled.append('metadata', JSON.stringify({ modality: 'clinical' }));
  expect(await encoded(filled)).toBe(
    '--edge\r\ncontent-disposition: form-data; name="image"; filename="photo"\r\ncontent-type: image/jpeg\r\n\r\n' +
      '\xff\xd8\xff\r\n--edge\r\ncontent-disposition: form-data; name="metadata"\r\n\r\n{"modality":"clinical"}\r\n' +
      '--edge--\r\n',
  );
});

it('would be refused in the classic form of React Native', async () => {
  const filled = form();
  filled.append('image', { uri: 'file:///photo', name: 'photo', type: 'image/jpeg' });
  await expect(encoded(filled)).rejects.toThrow('Unsupported FormDataPart');
});
