"""Which runs of the resets were started on the health page, and so tell nothing of cron."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0008_settled_spend'),
    ]

    operations = [
        migrations.AddField(
            model_name='resetrun',
            name='by_hand',
            field=models.BooleanField(db_default=False, default=False, help_text="By the health page's button, or typed at a terminal: not by cron."),
        ),
    ]
