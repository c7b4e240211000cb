"""Text analysis: HTML to plain text, words, languages and tags, up to the numbers of terms.

Read ``tokenizer`` first; ``words`` says what a word is, and ``boilerplate`` what is left out.
"""
