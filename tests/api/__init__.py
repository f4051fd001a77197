"""What the pages of docs say about calls, as the API's document has it: ``make api`` writes it, tests hold it true."""
