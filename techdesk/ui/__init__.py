"""The look of Techdesk: components, forms, lists, tones.

Owns: tones and state choices (`choices`), the component registry (`components`) and its template tags, the
form renderer (`forms`), columns, filters and pages of lists (`lists`), the catalogue at `/-/components/`,
templates/ui/, static/css/ and static/js/.

May import: `techdesk.base` only. It knows no domain: an app brings its words, tones and icons in its
`choices.py`.
"""
