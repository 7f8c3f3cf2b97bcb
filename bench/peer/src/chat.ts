// The conversation, and questions that follow from where the client stands.

import { checklist, onboarding } from "./clients.ts";
import type { Category, ClientRow } from "./clients.ts";

export interface Message {
  id: string;
  author: string;
  author_name: string | null;
  content: string;
  sources: { title: string; url: string }[];
  model: string | null;
  reply_to: string | null;
  created_at: string;
}

export const MESSAGE_COLUMNS = "id,author,author_name,content,sources,model,reply_to,created_at";

const MAX_SUGGESTIONS = 3;

const ABOUT_CATEGORY: Partial<Record<Category, string>> = {
  "tax-return": "What if I have not filed a tax return yet?",
  "bank-statement": "Where do I get a bank statement?",
  "articles-of-incorporation": "Where do I find my articles?",
  "ein-letter": "I lost my EIN letter, where can I find it?",
};

const bare = (question: string) => question.trim().replace(/[?.!]+$/, "").toLowerCase();

export function suggestions(row: ClientRow, messages: Message[]): string[] {
  const asked = new Set(
    messages.filter((message) => message.author === "client").map((message) => bare(message.content)),
  );
  const list = new Set(candidates(row).filter((question) => !asked.has(bare(question))));
  return [...list].slice(0, MAX_SUGGESTIONS);
}

function candidates(row: ClientRow): string[] {
  switch (row.onboarding_status) {
    case "pending":
    case "in_progress": {
      const documents = checklist(row);
      const missing = documents.filter((document) => !document.received);
      const next = onboarding(row).steps.find((step) => step.required && !step.completed);
      const list =
        next?.id === "review"
          ? ["What happens after I submit?", "What can't I change after I submit?"]
          : ["What is my next step?"];
      if (documents.length === 0) list.push("How does onboarding work?", "Which legal form suits my business?");
      if (missing.length > 0) list.push("Which documents do you still need from me?");
      for (const { category } of missing) {
        const question = ABOUT_CATEGORY[category];
        if (question) list.push(question);
      }
      list.push("Is it safe to upload my tax papers?", "What happens after I submit?");
      return list;
    }
    case "in-review":
      return [
        "What is my status?",
        "How long does the review take?",
        "What happens after I submit?",
        "How do I reach a person?",
      ];
    case "active":
      return [
        "When are tax returns due?",
        "When is Form 941 due?",
        "How long do I keep records?",
        "How do I reach a person?",
      ];
    case "archived":
      return ["What is my status?", "How do I reach a person?"];
  }
}
