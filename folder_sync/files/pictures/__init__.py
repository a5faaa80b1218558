"""Looking into pictures: are they whole, sound, and what their names say?"""
