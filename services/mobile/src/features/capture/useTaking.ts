import { useState } from 'react';

import { changeDraft } from './draft';
import { examine } from './examine';
import { photoOf, type Found } from './photoBytes';
import { pickPhoto } from './pickPhoto';

export type Stage = 'choose' | 'camera' | 'checking' | 'review';
export type Trouble = 'unknownKind' | 'tooLarge' | null;

/** The way of a photo from camera or gallery into the draft. */
export function useTaking(hasPhoto: boolean) {
  const [stage, setStage] = useState<Stage>(hasPhoto ? 'review' : 'choose');
  const [trouble, setTrouble] = useState<Trouble>(null);

  const take = async (found: Found, takenAt: string | null) => {
    setTrouble(null);
    setStage('checking');
    const file = await photoOf(found);
    const verdict = await examine(file);
    if (!verdict.usable) {
      setTrouble(verdict.because);
      return setStage('choose');
    }
    changeDraft({ photo: { file, type: verdict.type, takenAt, concerns: verdict.concerns } });
    setStage('review');
  };

  const pick = async () => {
    setTrouble(null);
    const found = await pickPhoto();
    if (found) await take(found, null);
  };

  return { stage, setStage, trouble, take, pick };
}
