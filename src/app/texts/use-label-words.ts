import { useTranslation } from "react-i18next";
import * as labels from "../../security-labels/index.ts";
import type { SecurityLabel, Trust, WordsContext } from "../../security-labels/index.ts";

/** The words of the labels in the language that is shown; what they say comes from `security-labels` alone. */
export function useLabelWords() {
  const { i18n } = useTranslation();
  const language = i18n.language as labels.LabelLanguage;
  return {
    shortWords: (label: SecurityLabel, trust?: Trust) => labels.shortWords(label, trust, language),
    longWords: (label: SecurityLabel, context: WordsContext = {}) => labels.longWords(label, context, language),
    whereReadable: (label: SecurityLabel, context: WordsContext = {}) => labels.whereReadable(label, context, language),
    composerPlaceholder: (label: SecurityLabel, conversation: string, trust?: Trust) =>
      labels.composerPlaceholder(label, conversation, trust, language),
    trustWords: (trust: Trust) => labels.trustWords(trust, language),
    describeFacts: (facts: labels.SecurityFacts | labels.OwnFacts) => labels.describeFacts(facts, language),
  };
}
