/**
 * What the model that comes with the project says, in German. The words belong to the model: a sentence that is not
 * one of these, of another model or a later version, is shown as it came, never by a guess.
 */
const GERMAN: Record<string, string> = {
  'Research model, for evaluation only. This is a screening aid, not a diagnosis, and does not replace an examination. Whatever it says, show a spot to a doctor if it is new, changes, itches, bleeds or worries you.':
    'Forschungsmodell, nur zur Erprobung. Dies ist eine Hilfe zur Früherkennung, keine Diagnose, und ersetzt keine Untersuchung. Was es auch sagt: Zeigen Sie eine Stelle ärztlich vor, wenn sie neu ist, sich verändert, juckt, blutet oder Ihnen Sorgen macht.',
  'Colour shows where the model looked for this class, not where disease is.':
    'Farbe zeigt, wohin das Modell für diese Klasse gesehen hat, nicht, wo eine Krankheit ist.',
  'The model finds signs that a doctor should look at. Please have this spot examined soon. It is not a diagnosis: many spots that are flagged turn out to be harmless, and only an examination can tell.':
    'Das Modell findet Zeichen, die ärztlich angesehen werden sollten. Bitte lassen Sie diese Stelle bald untersuchen. Das ist keine Diagnose: Viele auffällige Stellen erweisen sich als harmlos, und nur eine Untersuchung kann es klären.',
  'The model found few of the signs that it looks for. It can miss skin cancer. Keep an eye on this spot and show it to a doctor if it changes, itches, bleeds or worries you, and at your next skin check.':
    'Das Modell hat wenige der Zeichen gefunden, nach denen es sucht. Es kann Hautkrebs übersehen. Beobachten Sie diese Stelle und zeigen Sie sie ärztlich vor, wenn sie sich verändert, juckt, blutet oder Ihnen Sorgen macht, und bei Ihrer nächsten Hautuntersuchung.',
  'The model cannot place this photo. A clinician needs to look at it before anything is concluded. If the spot changes, itches, bleeds or worries you, do not wait: see a doctor.':
    'Das Modell kann dieses Foto nicht einordnen. Jemand vom Fach muss es ansehen, bevor etwas daraus geschlossen wird. Wenn sich die Stelle verändert, juckt, blutet oder Ihnen Sorgen macht, warten Sie nicht: Gehen Sie zum Arzt.',
  'The estimated probability of a malignant or pre-malignant class is at or above the referral threshold.':
    'Die geschätzte Wahrscheinlichkeit einer bösartigen Klasse oder ihrer Vorstufe liegt an oder über der Grenze zur Überweisung.',
  'The estimated probability of a malignant or pre-malignant class is below the lower threshold. The model can be wrong.':
    'Die geschätzte Wahrscheinlichkeit einer bösartigen Klasse oder ihrer Vorstufe liegt unter der unteren Grenze. Das Modell kann irren.',
  'The estimated probability of a malignant or pre-malignant class lies between the two thresholds.':
    'Die geschätzte Wahrscheinlichkeit einer bösartigen Klasse oder ihrer Vorstufe liegt zwischen den beiden Grenzen.',
  'This model was only tested on photos taken through a dermatoscope. For this kind of photo its answer cannot be relied on.':
    'Dieses Modell wurde nur an Fotos geprüft, die durch ein Dermatoskop aufgenommen wurden. Bei dieser Art von Foto ist auf seine Antwort kein Verlass.',
  'The photo is too small to be assessed. Please take it again, closer to the spot, and send it in its original size.':
    'Das Foto ist zu klein, um es zu beurteilen. Bitte nehmen Sie es noch einmal auf, näher an der Stelle, und senden Sie es in voller Größe.',
  'The photo is too blurred to be assessed. Please take it again: wipe the lens, hold the phone still, move closer, and wait until the picture is sharp.':
    'Das Foto ist zu unscharf, um es zu beurteilen. Bitte noch einmal: Linse abwischen, stillhalten, näher herangehen und warten, bis das Bild scharf ist.',
  'The photo is too dark to be assessed. Please take it again in more light, such as daylight at a window, without your own shadow on the spot.':
    'Das Foto ist zu dunkel, um es zu beurteilen. Bitte nehmen Sie es bei mehr Licht noch einmal auf, etwa bei Tageslicht am Fenster, ohne Ihren Schatten auf der Stelle.',
  'Large parts of the photo are so bright that nothing can be seen in them. Please take it again without flash, and turn until no light shines off the skin.':
    'Große Teile des Fotos sind so hell, dass darin nichts zu sehen ist. Bitte noch einmal ohne Blitz, und drehen Sie sich, bis die Haut nicht mehr spiegelt.',
  'This does not look like the kind of photo that the model knows: a spot on skin, close up. Please take it again with the spot in the middle. If it does show a spot that worries you, see a doctor.':
    'Das sieht nicht aus wie die Art von Foto, die das Modell kennt: eine Stelle auf der Haut, aus der Nähe. Bitte nehmen Sie es noch einmal auf, mit der Stelle in der Mitte. Wenn es eine Stelle zeigt, die Ihnen Sorgen macht, gehen Sie zum Arzt.',
  'This photo differs from those that the model was trained and tested on. Its answer cannot be relied on.':
    'Dieses Foto unterscheidet sich von denen, an denen das Modell gelernt hat und geprüft wurde. Auf seine Antwort ist kein Verlass.',
};

/** The German of one sentence, or of several that stand one after the other; null where any part is unknown. */
export function germanOf(said: string): string | null {
  const parts: string[] = [];
  let rest = said.trim();
  while (rest) {
    const known = Object.keys(GERMAN).find((sentence) => rest.startsWith(sentence));
    if (known === undefined) return null;
    parts.push(GERMAN[known] ?? '');
    rest = rest.slice(known.length).trimStart();
  }
  return parts.length ? parts.join(' ') : null;
}
