"""What a record category is: its fields, who may ask, what must be shown, what a deliverable says."""
